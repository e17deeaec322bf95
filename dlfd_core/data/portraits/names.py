"""First names for the invented people, from many parts of the world; each name is used once."""

FEMININE = tuple(
    """
    Ada Adaeze Aiko Aisha Alba Alma Amara Amina Anahi Anouk Anya Araceli Ayla Beatriz Bella Bianca Birgit Bronte
    Carmen Celeste Chiara Chloe Clara Dalia Daphne Delphine Dina Ebba Edith Elif Elena Eloise Emi Esme Esra Esther
    Fatou Farah Fiona Flora Freya Frida Gala Gemma Greta Hana Hanne Hazel Helga Hiba Ida Imani Ines Ingrid Iris Isla
    Ivy Jamila Jia Joana Juno Kaia Kalinda Keiko Khadija Kira Lale Laila Lena Leonie Linh Lucia Luna Maeve Maia
    Malika Manon Marisol Mei Mila Mina Miriam Nadia Naledi Naomi Nia Nina Noor Nora Odile Olga Oona Paloma Paula
    Petra Pia Priya Ravna Rosa Ruth Saba Sana Saskia Selma Shira Sigrid Sofia Soledad Suki Tala Tamar Thandi Tove
    Uma Vera Wanda Xenia Yara Yasmin Zadie Zara Zofia
    """.split()
)
MASCULINE = tuple(
    """
    Abdou Abel Adil Ahmed Alban Aldo Amadou Amir Anders Andrej Anton Aram Arjun Arlo Arne Arturo Asher Basil Bastian
    Benno Bjorn Bruno Caleb Carlos Casper Cedric Chidi Cyrus Dai Dario Darius David Diego Dov Emeka Emil Enzo Eric
    Ewan Farid Felix Finn Floris Gabriel Gaspar Giorgio Goran Gustav Hamza Hans Haruto Hassan Hector Henrik Hugo
    Idris Igor Ilya Isaac Ivan Jabari Jakob Jamal Jin Joao Jonas Jorge Juan Kai Kamal Karim Kenji Kofi Kwame Lars
    Leo Levi Liam Lorenzo Luca Mads Magnus Malik Marco Mateo Mats Milan Minh Moses Musa Nabil Niko Nils Noah Odin
    Oleg Omar Oscar Otto Pablo Pedro Quentin Rafael Raj Ravi Remi Rohan Ruben Samir Sandro Sven Taavi Tadeo Tariq
    Theo Timur Tomas Udo Viktor Vito Wim Yusuf Zeno
    """.split()
)
